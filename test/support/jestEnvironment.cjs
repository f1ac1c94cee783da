const { TestEnvironment } = require('jest-environment-node');

/** Tells temporary folders whether something failed: only then are they worth keeping. */
module.exports = class extends TestEnvironment {
  async setup() {
    await super.setup();
    this.global.__agentSwarmTestFailed = false;
  }

  async handleTestEvent(event) {
    if (event.name === 'test_fn_failure' || event.name === 'hook_failure') {
      this.global.__agentSwarmTestFailed = true;
    }
  }
};
