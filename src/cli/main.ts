#!/usr/bin/env node
import { agentSwarm } from './agentSwarm';

void agentSwarm({
  argv: process.argv,
  env: process.env,
  out: (text) => process.stdout.write(text),
  error: (text) => process.stderr.write(text),
}).then((code) => (process.exitCode = code));
