import { runtimePackages } from './runtimePackages';

/** The packages that come with the pack, as Markdown. */
export function renderLicences(): string {
  const packages = runtimePackages();
  const rows = packages.map(
    ({ name, version, licence }) => `| ${name} | ${version} | ${licence} |`,
  );
  const counts = new Map<string, number>();
  for (const { licence } of packages) counts.set(licence, (counts.get(licence) ?? 0) + 1);
  const summary = [...counts].map(([licence, count]) => `${count} under ${licence}`).join(', ');
  return `# Licences of what is installed with the pack

n8n-nodes-agent-swarm is under MIT. With it come ${packages.length} packages: ${summary}. None is native, and none runs a script when it is
installed.

| package | version | licence |
| ------- | ------- | ------- |
${rows.join('\n')}

Made by \`npm run docs\` out of package-lock.json. n8n itself installs the newest versions that the packages named by ours allow.
`;
}
