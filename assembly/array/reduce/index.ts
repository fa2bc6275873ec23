/** Reductions: exports of the array module, by operation and element type (their numbers are places in src/kernels/array.ts's lists). */
import { LargestSize, Product, Sum, SumOfSizes } from './folds'
import { extremes, Greatest, Least } from './extremes'
import { places } from './places'
import { counts, tests } from './counts'
import { folds } from './sums'
import { l2, normsP } from './norms'
import { scans } from './scan'
import { logSums, softmaxes } from './softmax'
import { variances } from './variance'
import { axpyOf, dotOf } from './vectors'

/** Operations that any type has. */
function reduceAny<T>(op: i32, outer: i32, length: i32, inner: i32, x: usize, out: usize): void {
  switch (op) {
    case 2: return extremes<T, Least>(outer, length, inner, x, out)
    case 3: return extremes<T, Greatest>(outer, length, inner, x, out)
    case 4: return places<T, Least>(outer, length, inner, x, out)
    case 5: return places<T, Greatest>(outer, length, inner, x, out)
    case 6: return tests<T>(false, outer, length, inner, x, out)
    case 7: return tests<T>(true, outer, length, inner, x, out)
    case 8: return counts<T>(outer, length, inner, x, out)
  }
}

function reduceFloats<T>(op: i32, outer: i32, length: i32, inner: i32, x: usize, out: usize): void {
  switch (op) {
    case 0: return folds<T, T, Sum>(outer, length, inner, x, out)
    case 1: return folds<T, T, Product>(outer, length, inner, x, out)
    case 9: return folds<T, T, SumOfSizes>(outer, length, inner, x, out)
    case 10: return l2<T>(outer, length, inner, x, out)
    case 11: return folds<T, T, LargestSize>(outer, length, inner, x, out)
    case 12: return logSums<T>(outer, length, inner, x, out)
    default: reduceAny<T>(op, outer, length, inner, x, out)
  }
}

export function reduce(op: i32, type: i32, outer: i32, length: i32, inner: i32, x: usize, out: usize): void {
  if (type == 0) reduceFloats<f32>(op, outer, length, inner, x, out)
  else if (type == 1) reduceFloats<f64>(op, outer, length, inner, x, out)
  else if (type == 3) reduceAny<u8>(op, outer, length, inner, x, out)
  else if (op == 0) folds<i32, f64, Sum>(outer, length, inner, x, out)
  else if (op == 1) folds<i32, f64, Product>(outer, length, inner, x, out)
  else reduceAny<i32>(op, outer, length, inner, x, out)
}

export function normP(type: i32, outer: i32, length: i32, inner: i32, p: f64, x: usize, out: usize): void {
  if (type == 0) normsP<f32>(outer, length, inner, p, x, out)
  else normsP<f64>(outer, length, inner, p, x, out)
}

export function variance(type: i32, outer: i32, length: i32, inner: i32, ddof: f64, x: usize, out: usize, mean: usize): void {
  if (type == 0) variances<f32>(outer, length, inner, ddof, x, out, mean)
  else variances<f64>(outer, length, inner, ddof, x, out, mean)
}

export function scan(op: i32, type: i32, outer: i32, length: i32, inner: i32, x: usize, out: usize): void {
  scans(op, type, outer, length, inner, x, out)
}

export function softmax(type: i32, log: bool, outer: i32, length: i32, inner: i32, x: usize, out: usize): void {
  if (type == 0) softmaxes<f32>(log, outer, length, inner, x, out)
  else softmaxes<f64>(log, outer, length, inner, x, out)
}

export function dot(type: i32, n: i32, a: usize, b: usize): f64 {
  if (type == 0) return dotOf<f32>(n, a, b)
  if (type == 1) return dotOf<f64>(n, a, b)
  return dotOf<i32>(n, a, b)
}

export function axpy(type: i32, n: i32, alpha: f64, x: usize, y: usize): void {
  if (type == 0) axpyOf<f32>(n, <f32>alpha, x, y)
  else if (type == 1) axpyOf<f64>(n, alpha, x, y)
  else axpyOf<i32>(n, <i32>alpha, x, y)
}
