import type { CaptureCycle } from '../ports.ts';
import type { ValueFunction } from './node.ts';
export function buildByValue(node: ValueFunction, cycle: CaptureCycle): Function {
  throw new Error(`${node.name} ${cycle.late.length}`);
}
export function patchCapture(fn: Function, name: string, value: unknown): void {
  throw new Error(`${fn.name} ${name} ${String(value)}`);
}
