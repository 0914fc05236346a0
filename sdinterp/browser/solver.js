// DPM-Solver++ (2M) for a model that predicts v, as the package's sampler steps: Lu et al. (2022), algorithm 2.

// The times of the steps, and the shares of picture and noise at each; at the end there is no noise.
const scheduled = (steps, { num_train_timesteps, beta_start, beta_end, steps_offset }) => {
  const [low, high] = [Math.sqrt(beta_start), Math.sqrt(beta_end)];
  const kept = [];
  for (let i = 0, share = 1; i < num_train_timesteps; i++) {
    share *= 1 - (low + (i / (num_train_timesteps - 1)) * (high - low)) ** 2;
    kept.push(share);
  }
  const stride = Math.floor(num_train_timesteps / (steps + 1));
  const times = Array.from({ length: steps }, (_, i) => (steps - i) * stride + steps_offset);
  const shares = times.map((t) => ({ alpha: Math.sqrt(kept[t]), sigma: Math.sqrt(1 - kept[t]) }));
  return { times, shares: [...shares, { alpha: 1, sigma: 0 }] };
};

// One step for all latents x, in place. Takes the guess v and the clean latents of the step before; returns those of this one.
const solverStep = (x, v, i, { times, shares }, before) => {
  const [here, there] = [shares[i], shares[i + 1]];
  const lambda = ({ alpha, sigma }) => Math.log(alpha) - Math.log(sigma);
  const clean = x.map((number, k) => here.alpha * number - here.sigma * v[k]);
  const h = lambda(there) - lambda(here); // infinite in the last step
  const bend = i === 0 || h === Infinity ? 0 : (0.5 * h) / (lambda(here) - lambda(shares[i - 1]));
  const scale = there.alpha * (1 - Math.exp(-h));
  for (let k = 0; k < x.length; k++) {
    const slope = bend ? bend * (clean[k] - before[k]) : 0;
    x[k] = (there.sigma / here.sigma) * x[k] + scale * (clean[k] + slope);
  }
  return clean;
};
