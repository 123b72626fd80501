/**
 * Loaded before a measured program (`node --import`): tells the parent process, when it asks, how much CPU time the program has used
 * and how large its heap is. JavaScript, since the built gate is measured as it is, without anything that understands TypeScript.
 */
process.on('message', (question) => {
  if (question === 'cpu') {
    const { user, system } = process.cpuUsage();
    process.send({ question, microseconds: user + system });
  } else if (question === 'heap') {
    // Twice: what the first pass makes unreachable, the second collects.
    globalThis.gc();
    globalThis.gc();
    const { heapUsed, external, rss } = process.memoryUsage();
    process.send({ question, bytes: heapUsed + external, rss });
  }
});
process.channel.unref();
