export { countTokens, summarise, type ToolCall, type Usage } from './answer';
export type { Ask } from './ask';
export { HandClock, wallClock, type Clock } from './clock';
export type { Call } from './ledger';
export type { Fault, ProviderOptions } from './options';
export { startProvider, type Provider } from './startProvider';
