import ts from 'typescript';

import { place, visit, type Source } from './sources';

const LONGEST = 250;
const VAGUE = /^(utils?|helpers?|managers?|common|misc)$/i;

export function longFiles(sources: readonly Source[]): string[] {
  return sources
    .filter(({ lines }) => lines > LONGEST)
    .map(({ path, lines }) => `${path} has ${lines} lines, more than ${LONGEST}`);
}

/** Names that say nothing: a file, a folder, or the end of a longer name (`queueManager`). */
export function vagueNames(sources: readonly Source[]): string[] {
  const words = (part: string) => part.replace(/\.ts$/, '').split(/[.\-_]|(?=[A-Z])/);
  return sources
    .filter(({ path }) => path.split('/').some((part) => words(part).some((it) => VAGUE.test(it))))
    .map(({ path }) => `${path} is named by a word that says nothing`);
}

export function defaultExports(sources: readonly Source[]): string[] {
  return findings(sources, (node) => {
    const named =
      ts.isExportSpecifier(node) && node.name.text === 'default' ? 'exports a default' : undefined;
    if (ts.isExportAssignment(node)) return 'exports a default';
    const modifiers = ts.canHaveModifiers(node) ? (ts.getModifiers(node) ?? []) : [];
    const isDefault = modifiers.some(({ kind }) => kind === ts.SyntaxKind.DefaultKeyword);
    return isDefault ? 'exports a default' : named;
  });
}

const LETS_GO = new Set(['ack', 'ackAll']);
const HANDS_BACK = new Set(['nack', 'nackAll', 'reject']);
/** What may be rejected: promises, by the names they go under. A channel of any other name is found. */
const PROMISES = new Set(['Promise', 'pending', 'waiting']);

/**
 * Who lets go of deliveries: a call of anything named `ack` counts. Handing the function on, as in `ack: (tag) => intake.ack(tag)`, is
 * how consume gives it to settle.
 */
export function wrongAcks(sources: readonly Source[]): string[] {
  const allowed = /^src\/(broker|settle|deadLetters)\//;
  return findings(
    sources.filter(({ path }) => path.startsWith('src/') && !allowed.test(path)),
    (node) => {
      if (!ts.isCallExpression(node) || isHandedOn(node)) return undefined;
      const name = calledName(node);
      return name !== undefined && LETS_GO.has(name) ? `calls ${name}` : undefined;
    },
  );
}

function isHandedOn({ parent }: ts.CallExpression): boolean {
  if (!ts.isArrowFunction(parent) || !ts.isPropertyAssignment(parent.parent)) return false;
  return parent.parent.name.getText() === 'ack';
}

/**
 * Both count toward the delivery limit of a quorum queue, and a requeue at once makes a hot loop. One file puts back what nobody consumes:
 * dead letters that were looked at.
 */
export function handBacks(sources: readonly Source[]): string[] {
  return findings(
    sources.filter(({ path }) => path.startsWith('src/') && path !== 'src/broker/intake.ts'),
    (node) => {
      if (!ts.isCallExpression(node) || rejectsPromise(node)) return undefined;
      const name = calledName(node);
      return name !== undefined && HANDS_BACK.has(name) ? `calls ${name}` : undefined;
    },
  );
}

function rejectsPromise({ expression }: ts.CallExpression): boolean {
  if (ts.isIdentifier(expression)) return expression.text === 'reject';
  if (!ts.isPropertyAccessExpression(expression)) return false;
  const { name, expression: holder } = expression;
  return name.text === 'reject' && ts.isIdentifier(holder) && PROMISES.has(holder.text);
}

function calledName({ expression }: ts.CallExpression): string | undefined {
  if (ts.isIdentifier(expression)) return expression.text;
  if (ts.isPropertyAccessExpression(expression)) return expression.name.text;
  if (ts.isElementAccessExpression(expression)) {
    const name = expression.argumentExpression;
    return ts.isStringLiteralLike(name) ? name.text : undefined;
  }
  return undefined;
}

function findings(
  sources: readonly Source[],
  look: (node: ts.Node) => string | undefined,
): string[] {
  return sources.flatMap((source) => {
    const found: string[] = [];
    visit(source.tree, (node) => {
      const what = look(node);
      if (what !== undefined) found.push(`${place(source, node)} ${what}`);
    });
    return found;
  });
}
