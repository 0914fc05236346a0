// Whether a graphics card is to paint in the processor's place.

// It is if a step takes it less time, and if the same pictures, painted again, are within 2 of 255.
const isBetter = async (card, processor) => {
  const took = async (act) => {
    const began = performance.now();
    await act();
    return performance.now() - began;
  };
  await card.step(); // its programs are made as they are first needed
  if ((await took(card.step)) >= (await took(processor.step))) return false;
  const again = await card.again();
  return again.every((number, k) => Math.abs(number - processor.pictures[k]) <= 4 / 255); // numbers from -1 to 1
};
