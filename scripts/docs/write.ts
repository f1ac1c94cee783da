import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { renderBenchmarks } from './benchmarks';
import { renderLicences } from './licences';
import { renderReference } from './nodeReference';

const docs = join(__dirname, '../../docs');

writeFileSync(join(docs, 'nodes.md'), renderReference());
writeFileSync(join(docs, 'licences.md'), renderLicences());
for (const [file, text] of renderBenchmarks()) writeFileSync(join(docs, file), text);
