import { parse } from 'yaml';

/** A Sandboxfile of about so many lines, with every common key, that both servers find no fault with. */
export function sandboxfileOf(lines: number): string {
  const sandboxes: string[] = [];
  for (let index = 0; index * LINES_EACH < lines - 1; index++) sandboxes.push(sandbox(index));
  return `sandboxes:\n${sandboxes.join('')}`;
}

/** The same with a value that two places share. */
export function anchored(text: string): string {
  return text.replace('memory: 512', 'memory: &memory 512').replace('memory: 512', 'memory: *memory');
}

/** The same as JSON. */
export function inBraces(text: string): string {
  return `${JSON.stringify(parse(text), undefined, 2)}\n`;
}

/** The same with four columns a level. */
export function wide(text: string): string {
  return text.replace(/^ +/gm, (indent) => indent + indent);
}

const LINES_EACH = 17;
/** Chains of dependencies are shorter than the language's limit. */
const CHAIN = 20;

function sandbox(index: number): string {
  const needs = index % CHAIN === 0 ? '' : `service${index - 1}`;
  return `  service${index}:
    image: registry.example.com/team/service:${index}
    memory: 512
    cpus: 2
    # Published for the others.
    ports:
      - "${10_000 + index}:80"
    volumes:
      - ./src/service${index}:/srv/app
    envs:
      - MODE=development
      - NAME=service${index}
    depends_on: [${needs}]
    workdir: /srv/app
    scripts:
      start: ./serve --port 80
      test: ./run-tests "$@"
`;
}
