#!/usr/bin/env node
// Plain JavaScript, so that an old Node can still say what it needs instead of failing on the first type annotation.
const [major = 0] = process.versions.node.split('.').map(Number);
if (major < 24) {
  process.stderr.write(`lianqin needs Node 24 or newer; this is ${process.version}. Use \`npx lianqin\` or \`npm start\`: they bring Node 24 with them.\n`);
  process.exit(1);
}
await import('../gateway/main.ts');
