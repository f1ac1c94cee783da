/** Real servers on a machine that does other things too: a test that waits for an event may have to wait for longer than 5 s. */
jest.setTimeout(30_000);
