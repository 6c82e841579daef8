/** Waiting with a limit: no promise of a radio is waited for without one. */

export class OutOfPatience extends Error {
  override readonly name = "OutOfPatience";
}

/** Gives the promise's result, or rejects after `limitMS`. */
export function within<T>(limitMS: number, promise: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new OutOfPatience(`no answer within ${limitMS} ms`)), limitMS);
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
