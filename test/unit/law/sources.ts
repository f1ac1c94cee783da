import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix, relative, sep } from 'node:path';

import ts from 'typescript';

/** Paths from the root of the repository, with slashes, to text. Made-up trees have the same shape as the real one. */
export type Tree = ReadonlyMap<string, string>;

export interface Import {
  /** Path of the file that is imported, or the name of a package (`node:fs`, `amqplib`). */
  readonly target: string;
  readonly isPackage: boolean;
}

export interface Source {
  readonly path: string;
  readonly lines: number;
  readonly imports: readonly Import[];
  readonly tree: ts.SourceFile;
}

/** Reads the TypeScript files under the folders. */
export function readTree(root: string, folders: readonly string[]): Tree {
  const paths = folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
      .map((entry) => join(entry.parentPath, entry.name)),
  );
  return new Map(
    paths.map((path) => [relative(root, path).split(sep).join('/'), readFileSync(path, 'utf8')]),
  );
}

export function parse(files: Tree): Source[] {
  return [...files].map(([path, text]) => {
    const tree = ts.createSourceFile(path, text, ts.ScriptTarget.ES2022, true);
    return {
      path,
      lines: text.split('\n').length - (text.endsWith('\n') ? 1 : 0),
      imports: specifiers(tree).map((specifier) => resolve(path, specifier, files)),
      tree,
    };
  });
}

/** Whatever names another module: import, export from, import(), require(), and types by import('...'). */
function specifiers(tree: ts.SourceFile): string[] {
  const found: string[] = [];
  visit(tree, (node) => {
    const named =
      ts.isImportDeclaration(node) || ts.isExportDeclaration(node)
        ? node.moduleSpecifier
        : ts.isExternalModuleReference(node)
          ? node.expression
          : ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)
            ? node.argument.literal
            : ts.isCallExpression(node) && isLoad(node)
              ? node.arguments[0]
              : undefined;
    if (named && ts.isStringLiteralLike(named)) found.push(named.text);
  });
  return found;
}

function isLoad({ expression }: ts.CallExpression): boolean {
  return (
    expression.kind === ts.SyntaxKind.ImportKeyword ||
    (ts.isIdentifier(expression) && expression.text === 'require')
  );
}

function resolve(from: string, specifier: string, files: Tree): Import {
  if (!specifier.startsWith('.')) return { target: packageOf(specifier), isPackage: true };
  const path = posix.normalize(posix.join(dirname(from), specifier));
  const target = [`${path}.ts`, `${path}/index.ts`, path.replace(/\.js$/, '.ts'), path].find((it) =>
    files.has(it),
  );
  return { target: target ?? path, isPackage: false };
}

/** `zod/v4` is zod, `@scope/name/part` is @scope/name; `node:fs/promises` is Node. */
function packageOf(specifier: string): string {
  if (specifier.startsWith('node:')) return 'node';
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
}

export function visit(node: ts.Node, see: (node: ts.Node) => void): void {
  see(node);
  ts.forEachChild(node, (child) => visit(child, see));
}

/** `path:line` for messages. */
export function place(source: Source, node: ts.Node): string {
  const { line } = source.tree.getLineAndCharacterOfPosition(node.getStart(source.tree));
  return `${source.path}:${line + 1}`;
}
