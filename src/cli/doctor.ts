import type { Command } from 'commander';
import { Option } from 'commander';
import type { Finding } from '../contracts/tenant.js';
import { parseRetention } from './duration.js';
import { withExamples } from './examples.js';
import { EXIT } from './exit-codes.js';
import type { Bind, Handler } from './invocation.js';
import type { Output } from './output.js';

interface DoctorOptions {
  /** Milliseconds. */
  readonly rollbackWindow: number;
}

const DAY_MS = 24 * 60 * 60 * 1_000;

/** `licenseflow doctor`: whether everything is as it must be, and what to do where it is not. */
export function registerDoctor(program: Command, bind: Bind): void {
  const command = program
    .command('doctor')
    .description('check Temporal, workers, credentials, permissions, products, policy and clocks')
    .addOption(
      new Option('--rollback-window <duration>', 'how long finished requests must stay reversible')
        .argParser(parseRetention)
        .default(14 * DAY_MS, '14d'),
    );
  withExamples(command, [
    'licenseflow doctor',
    'licenseflow doctor --rollback-window 21d',
    'licenseflow doctor --json',
  ]);
  bind(command, async () => runDoctor);
}

const runDoctor: Handler<DoctorOptions> = async (invocation, { rollbackWindow }) => {
  const { findings } = await import('./doctor/findings.js');
  const found = await findings(invocation.session, rollbackWindow);
  await invocation.out.result('Findings', { items: found }, () => print(found, invocation.out));
  const failed = found.filter(({ verdict }) => verdict === 'failed').length;
  invocation.out.note(failed === 0 ? 'Everything that must work does.' : `${failed} of ${found.length} checks failed.`);
  return failed === 0 ? EXIT.ok : EXIT.failed;
};

function print(found: readonly Finding[], out: Output): Promise<void> | void {
  if (out.isPiped)
    return out.table(
      [
        { title: 'VERDICT', cell: ({ verdict }) => verdict },
        { title: 'CHECK', cell: ({ check }) => check },
        { title: 'FINDING', cell: ({ text }) => text },
        { title: 'REMEDY', cell: ({ remedy }) => remedy },
      ],
      found,
    );
  const { green, yellow, red } = out.colors;
  const colored = { ok: green('ok     '), warning: yellow('warning'), failed: red('failed ') };
  for (const { check, verdict, text, remedy } of found) {
    out.line(`${colored[verdict]}  ${check}: ${text}`);
    if (remedy !== null) out.line(`         ${remedy}`);
  }
}
