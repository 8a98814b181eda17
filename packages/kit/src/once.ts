/** `read`, with its answer kept for as long as what was read is: for pure functions of objects that do not change. */
export function once<T extends object, R>(read: (value: T) => R): (value: T) => R {
  const answers = new WeakMap<T, { readonly answer: R }>();
  return (value) => {
    const known = answers.get(value);
    if (known) return known.answer;
    const answer = read(value);
    answers.set(value, { answer });
    return answer;
  };
}
