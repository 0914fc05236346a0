// Random numbers as torch's CPU generator gives them.

// The Mersenne Twister: its 32-bit numbers from a seed.
const twister = (seed) => {
  const state = new Uint32Array(624);
  state[0] = seed >>> 0;
  for (let i = 1; i < 624; i++) state[i] = Math.imul(1812433253, state[i - 1] ^ (state[i - 1] >>> 30)) + i;
  let at = 624;
  return () => {
    if (at === 624) {
      for (let k = 0; k < 624; k++) {
        const y = (state[k] & 0x80000000) | (state[(k + 1) % 624] & 0x7fffffff);
        state[k] = state[(k + 397) % 624] ^ (y >>> 1) ^ (y & 1 ? 0x9908b0df : 0);
      }
      at = 0;
    }
    let y = state[at++];
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    return (y ^ (y >>> 18)) >>> 0;
  };
};

// torch.randn(n) of a seed, but for rounding, for n divisible by 16: Box and Muller's way, 16 numbers at a time.
const randn = (n, seed) => {
  const next = twister(seed);
  const x = Float32Array.from({ length: n }, () => (next() & 0xffffff) / 2 ** 24);
  for (let i = 0; i < n; i += 16)
    for (let j = i; j < i + 8; j++) {
      const radius = Math.fround(Math.sqrt(-2 * Math.log(1 - x[j])));
      const angle = Math.fround(2 * Math.PI * x[j + 8]);
      [x[j], x[j + 8]] = [radius * Math.cos(angle), radius * Math.sin(angle)];
    }
  return x;
};

// torch.randperm(n) of a seed.
const randperm = (n, seed) => {
  const next = twister(seed);
  const order = Array.from({ length: n }, (_, i) => i);
  for (let i = 0; i < n - 1; i++) {
    const j = i + (next() % (n - i));
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
};
