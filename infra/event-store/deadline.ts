/** No answer came within the time that was allowed. */
export class Overdue extends Error {
  override readonly name = 'Overdue';
}

/**
 * The answer, if it comes in time; what it comes to later is nobody's any more. A timer and nothing else, because every
 * call to the log passes here.
 * @throws Overdue, or what the work throws
 */
export function within<Answer>(milliseconds: number, work: Promise<Answer>): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Overdue(`no answer within ${milliseconds} ms`)), milliseconds);
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
