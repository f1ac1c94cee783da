/** Reads manifests as a JSON list; fails with the first that KEDA's own schema refuses. */
import { json } from 'node:stream/consumers';
import { ScaledObject } from '@kubernetes-models/keda/keda.sh/v1alpha1/ScaledObject';
import { TriggerAuthentication } from '@kubernetes-models/keda/keda.sh/v1alpha1/TriggerAuthentication';

const KINDS = { ScaledObject, TriggerAuthentication };

for (const manifest of await json(process.stdin)) new KINDS[manifest.kind](manifest).validate();
