import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { renderReference } from './nodeReference';

writeFileSync(join(__dirname, '../../docs/nodes.md'), renderReference());
