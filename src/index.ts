/** The engine's face to n8n: nodes and credentials import this file and nothing else of it. */
import { provideTelemetry } from './contract/telemetry';
import { telemetryFromEnvironment } from './telemetry/fromEnvironment';

export {
  InputError,
  RefusedError,
  UnavailableError,
  isSwarmError,
  messageOf,
  type SwarmError,
} from './contract/errors';
export {
  brokerSchema,
  readSettings,
  storeSchema,
  type BrokerSettings,
  type StoreSettings,
} from './contract/settings';
export { errorTypeOf } from './contract/errorType';
export { checkBroker } from './broker/check';
export { checkManagement } from './broker/checkManagement';
export { type BrokerIdentity } from './broker/connection';
export { ManagementApi } from './broker/management';
export { readManagementUrl } from './broker/managementUrl';
export { deadQueueOf, isInternalQueue } from './contract/wire';
export { checkStore, type StoreIdentity } from './store/check';
export { watchForShutdown } from './consume/closing';
export { Consumer } from './consume/consumer';
export { type ConsumerStart } from './consume/consumerStart';
export { forgetTrigger, registerTrigger } from './consume/registry';
export { pause } from './contract/patience';
export { monitorSchema, type MonitorEvent, type MonitorSettings } from './contract/monitor';
export { Monitor, troublesNow, type AwayMemory } from './observe/monitor';
export { itemOfJson, peekDelivery } from './consume/testDelivery';
export { mostLanes } from './consume/spread';
export { type ConsumerEvents, type EventName, type Tell } from './contract/events';
export { type DeliveryItem, type RunHost } from './contract/run';
export {
  consumerSchema,
  EXCHANGE_TYPES,
  type ConsumerOptions,
  type ConsumerSettings,
} from './contract/settings';
export { LONGEST_DELAY_MS } from './contract/retrySettings';
export { type RunEnd, type RunError, type TaskName } from './contract/verdicts';
export { withPublisher } from './broker/pool';
export { dispatchSchema, payloadSchema, type DispatchSettings } from './contract/settings';
export { type Json } from './contract/reference';
export { dispatch, type DispatchResult } from './dispatch/dispatch';
export { RUN_ONCE_PER, type DispatchRequest } from './dispatch/request';
export { groupSchema, JOIN_WHEN, type GroupOptions } from './contract/group';
export { type ChildRequest } from './group/children';
export { fanOut, type FannedOut, type FanOutWork } from './group/fanOut';
export { handOver, type HandedOver, type HandOverWork } from './group/handOver';
export { telemetry, traceToSend, type Chat, type ChatCall } from './contract/telemetry';
export { getChildren, getGroup, type ChildReport, type GroupReport } from './group/get';
export {
  postgresSchema,
  s3Schema,
  STORE_KINDS,
  STORE_NAMES,
  type PayloadPlaces,
  type PostgresSettings,
  type S3Settings,
  type StoreKind,
} from './contract/payloadStores';
export {
  type Deposited,
  type Payload,
  type Redeemed,
  type UsePayloads,
} from './payload/payloadStore';
export { checkPlaces } from './payload/checkPlaces';
export { withPayloads, withStoreOf, type Places } from './payload/places';
export { withStore, type UseStore } from './store/pool';
export { extendLease, LONGEST_LEASE_MS, renewInPassing } from './word/extendLease';
export { sayPatiently, type RunWord, type Said } from './word/say';
export { consumedQueues, scopeOfQueue } from './word/scopes';
export { cancelTask, getTask, type TaskReport } from './word/task';
export { readToken, type DeliveryToken, type LiveToken } from './word/token';
export {
  askSchema,
  BUDGET_USE,
  budgetSchema,
  RESERVE_OUTPUT,
  usageSchema,
  type Ask,
  type BudgetLimits,
} from './contract/budget';
export { type BudgetState, type Constraint } from './contract/budgetVerdicts';
export { acquire, type Waits } from './budget/acquire';
export { readReservation, writeReservation } from './budget/reservation';
export { reportUsage, type Used } from './budget/usage';
export { beginCall, type BudgetedCall, type CallOptions, type CallVerdict } from './budget/call';
export { budgetDesk, type BudgetDesk } from './budget/desk';
export { classify } from './settle/classify';
export { browse, browseWhole, getLetter } from './deadLetters/browse';
export { discard, type DiscardOptions } from './deadLetters/discard';
export { type LetterFilter } from './deadLetters/filter';
export { type Letter, type WholeLetter } from './deadLetters/letter';
export { replay, type ReplayOptions } from './deadLetters/replay';
export { type Desk } from './deadLetters/walk';

provideTelemetry(telemetryFromEnvironment);
