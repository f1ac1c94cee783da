const SIGNALS = ['SIGINT', 'SIGTERM'];

/** Runs `act` and then `undo`, also when it fails, when the process exits and when it is interrupted. */
export async function cleanedUp(act, undo) {
  let undone = false;
  const once = () => {
    if (!undone) undo();
    undone = true;
  };
  // Without a listener a signal ends the process and no 'exit' is heard.
  const interrupted = () => process.exit(130);
  process.once('exit', once);
  for (const signal of SIGNALS) process.once(signal, interrupted);
  try {
    return await act();
  } finally {
    process.removeListener('exit', once);
    for (const signal of SIGNALS) process.removeListener(signal, interrupted);
    once();
  }
}
