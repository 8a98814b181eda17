addEventListener(`rtctransform`, (e) => {
  let { readable: t, writable: n } = e.transformer,
    r = new TransformStream({
      transform(e, t) {
        e.type === `key` && t.enqueue(e);
      },
    });
  t.pipeThrough(r).pipeTo(n);
});
