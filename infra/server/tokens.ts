/** Injection tokens of the host. */
export const PLATFORM = Symbol('Platform');
export const CONFIGURATION = Symbol('Configuration');
export const METRICS = Symbol('Metrics');
export const READINESS = Symbol('Readiness');
export const UPDATES = Symbol('Updates');
export const APPLICATION = Symbol('Application');
export const SLOT_SERVICES = Symbol('SlotServices');
