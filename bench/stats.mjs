/** The value below which the fraction q of the samples lie (nearest rank). */
export function quantile(samples, q) {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)];
}

export const median = (samples) => {
  const sorted = [...samples].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
};

/**
 * Whether an engine's probabilities are this network's: an engine that computes something else is not timed.
 * float32: each of the 1000 within 1e-3 of the reference. int8: quantisation moves them, so the class that it
 * puts first must be among the reference's five and within 0.25 of its probability there, on every picture.
 * @returns {string | undefined} what is wrong
 */
export function disagreement(precision, name, prob, expected) {
  const top = prob.indexOf(Math.max(...prob));
  if (precision === 'f32') {
    const far = expected.findIndex((p, i) => !(Math.abs(prob[i] - p) <= 1e-3));
    return far < 0 ? undefined : `${name}: class ${far} has ${prob[far]}, the reference ${expected[far]}`;
  }
  const rank = expected.filter((p) => p > expected[top]).length;
  if (rank >= 5 || !(Math.abs(prob[top] - expected[top]) <= 0.25)) return `${name}: class ${top} comes first with ${prob[top]}, the reference gives it ${expected[top]} and rank ${rank + 1}`;
}
