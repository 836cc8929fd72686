// The whole command line. Pure: reads nothing but its arguments, prints nothing, never exits.

import { Command, CommanderError, Option } from 'commander';
import type { Invocation, Parsed } from '../invocation.ts';
import { chooseLogLevel, logLevels } from '../log-level.ts';
import type { LogLevel } from '../log-level.ts';
import { defineAdd } from './add.ts';
import { defineCheck } from './check.ts';
import { defineClean } from './clean.ts';
import { defineDoctor } from './doctor.ts';
import { defineDown } from './down.ts';
import { defineExe } from './exe.ts';
import { defineFork } from './fork.ts';
import type { Grammar } from './grammar.ts';
import { hideAliases } from './grammar.ts';
import { splitGuestArguments } from './guest-arguments.ts';
import { defineImage, defineLoad, defineSave } from './image.ts';
import { defineInit } from './init.ts';
import { defineList } from './list.ts';
import { defineLog } from './log.ts';
import { defineLogin, defineLogout } from './login.ts';
import { definePort } from './port.ts';
import { defineRemove } from './remove.ts';
import { defineRun, defineShell, defineStart } from './run.ts';
import { defineSecret } from './secret.ts';
import { defineStatus } from './status.ts';
import { definePull, definePush } from './transfer.ts';
import { defineHold, defineSnapshot } from './snapshot.ts';
import { defineUp } from './up.ts';
import { defineTree } from './tree.ts';

export function parseCommandLine(argv: readonly string[], environment: NodeJS.ProcessEnv): Parsed {
  const { own, guest } = splitGuestArguments(argv);

  let accepted: Invocation | 'version' | undefined;
  const notes: string[] = [];
  let help = '';
  const grammar: Grammar = {
    guestArguments: guest,
    accept: (invocation) => (accepted = invocation),
    note: (text) => notes.push(text),
  };
  const program = describe(grammar, own[0]);
  program
    .command('version')
    .description('print the version')
    .action(() => {
      accepted = 'version';
    });
  let failed: { command: Command; error: CommanderError } | undefined;
  for (const command of withSubcommands(program)) {
    command.configureOutput({
      writeOut: (text) => (help += text),
      // Without a command, help arrives here.
      writeErr: (text) => (help += text),
      outputError: () => undefined,
    });
    command.exitOverride((error) => {
      failed ??= { command, error };
      throw error;
    });
  }

  try {
    program.parse(own, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0 || error.code === 'commander.help') return { kind: 'help', text: help };
    const at = failed?.command ?? program;
    const message = error.message.replace(/^error: /, '');
    return { kind: 'usage-error', message, usage: program.createHelp().commandUsage(at) };
  }
  if (accepted === 'version') return { kind: 'version' };
  if (accepted === undefined) return { kind: 'help', text: program.helpInformation() };
  const level = chooseLogLevel(program.opts<Partial<Record<LogLevel, boolean>>>(), environment['MSB_LOG']);
  const { vmm } = program.opts<{ vmm?: string }>();
  return { kind: 'invocation', invocation: accepted, level, notes, ...(vmm === undefined ? {} : { vmm }) };
}

function withSubcommands(command: Command): readonly Command[] {
  return [command, ...command.commands.flatMap(withSubcommands)];
}

function describe(grammar: Grammar, word: string | undefined): Command {
  const program = new Command('msb');
  program
    .description('Runs the sandboxes that a project declares in its Sandboxfile.')
    .usage('[options] <command>')
    .option('-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .configureHelp(hideAliases)
    .showSuggestionAfterError(true)
    .addHelpText(
      'after',
      '\nEverything after `--` goes to the program in the sandbox untouched.' +
        '\n`msb <command> --help` tells more. MSB_LOG sets the log level, MENV_HOME the home folder.',
    );
  program.addOption(
    new Option(
      '--vmm <name>',
      'what runs the sandboxes that are started, whatever the file says; also MENV_VMM',
    ).choices(['auto', 'libkrun', 'qemu']),
  );
  for (const level of logLevels) program.option(`--${level}`, levelHelp[level]);

  for (const [, define] of definitionsFor(word)) define(program, grammar);
  program.helpCommand('help [command]', 'print help');
  return program;
}

type Define = (program: Command, grammar: Grammar) => void;

/** The commands with all their names, in the order of the help. */
const definitions: readonly (readonly [readonly string[], Define])[] = [
  [['init'], defineInit],
  [['add'], defineAdd],
  [['remove', 'rm'], defineRemove],
  [['check'], defineCheck],
  [['run', 'r'], defineRun],
  [['shell'], defineShell],
  [['exe', 'x', 'tmp', 't'], defineExe],
  [['status', 'ps', 'stat'], defineStatus],
  [['log'], defineLog],
  [['up'], defineUp],
  [['down'], defineDown],
  [['pause', 'resume'], defineHold],
  [['snapshot'], defineSnapshot],
  [['fork'], defineFork],
  [['port'], definePort],
  [['secret'], defineSecret],
  [['list'], defineList],
  [['tree'], defineTree],
  [['clean'], defineClean],
  [['doctor'], defineDoctor],
  [['pull'], definePull],
  [['push'], definePush],
  [['image'], defineImage],
  [['load'], defineLoad],
  [['save'], defineSave],
  [['login'], defineLogin],
  [['logout'], defineLogout],
  [['start'], defineStart],
];

/** The one that the line begins with, since to describe all takes longer than to read a project; else all. */
function definitionsFor(word: string | undefined): typeof definitions {
  const named = definitions.filter(([names]) => word !== undefined && names.includes(word));
  return named.length > 0 ? named : definitions;
}

const levelHelp: Record<LogLevel, string> = {
  error: 'log errors only',
  warn: 'log errors and warnings, no progress',
  info: 'log progress too (default)',
  debug: 'log what the engine does',
  trace: 'log everything',
};
