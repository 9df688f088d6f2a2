/** Vitest reporter that leaves the numbers of a run in the file named by LIANQIN_TEST_COUNTS; run.js adds them up. */
import { writeFileSync } from 'node:fs';

export class CountingReporter {
  onTestRunEnd(modules, unhandledErrors, reason) {
    const counts = { passed: 0, failed: 0, skipped: 0, brokenFiles: 0, unhandled: unhandledErrors.length, reason };
    for (const module of modules) {
      let brokenHere = 0;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        if (state === 'passed') counts.passed += 1;
        else if (state === 'failed') { counts.failed += 1; brokenHere += 1; }
        else counts.skipped += 1;
      }
      // A file that cannot be loaded, or whose hooks fail, has no failed test of its own.
      if (module.state() === 'failed' && brokenHere === 0) counts.brokenFiles += 1;
    }
    if (process.env.LIANQIN_TEST_COUNTS) writeFileSync(process.env.LIANQIN_TEST_COUNTS, JSON.stringify(counts));
  }
}

// oxlint-disable-next-line import/no-default-export -- Vitest takes a reporter from a file by its default export
export { CountingReporter as default };
