/** floor(2^bits · pi), by Machin's formula. The primes of RFC 3526 are made of it. */
export function scaledPi(bits: number): bigint {
  // Each term of the series is cut off; the guard bits take those errors.
  const guard = 64n;
  const one = 1n << (BigInt(bits) + guard);
  return (16n * arctangentOfInverse(5n, one) - 4n * arctangentOfInverse(239n, one)) >> guard;
}

/** arctan(1 / x) · one. */
function arctangentOfInverse(x: bigint, one: bigint): bigint {
  const square = x * x;
  let power = one / x;
  let sum = power;
  for (let n = 3n, sign = -1n; power > 0n; n += 2n, sign = -sign) {
    power /= square;
    sum += sign * (power / n);
  }
  return sum;
}
