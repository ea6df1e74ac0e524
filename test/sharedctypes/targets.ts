// Functions that the tests of this folder run in children.
export function nothing(): void {}

interface Cell {
  value: number | bigint | string;
}

export function setValues(cells: readonly Cell[], values: readonly (number | bigint | string)[]): void {
  cells.forEach((cell, i) => (cell.value = values[i] ?? 0));
}

export function prefixSum(array: Int32Array): void {
  for (let i = 1; i < array.length; i++) array[i] = (array[i] ?? 0) + (array[i - 1] ?? 0);
}

interface Everything {
  readonly integer: { value: number };
  readonly double: { value: number };
  readonly big: { value: bigint };
  readonly record: { x: number; y: number };
  readonly array: Float64Array;
  readonly text: { value: string };
}

export function doubleAll({ integer, double, big, record, array, text }: Everything): void {
  integer.value *= 2;
  double.value *= 2;
  big.value *= 2n;
  record.x *= 2;
  record.y *= 2;
  for (let i = 0; i < array.length; i++) array[i] = (array[i] ?? 0) * 2;
  text.value = text.value.repeat(2);
}

export function writeAt(view: Uint8Array, index: number, value: number): number {
  view[index] = value;
  return view.length;
}

export function keeps<T>(value: T): T {
  return value;
}
