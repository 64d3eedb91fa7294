/** Injection tokens under which the host provides the kernel's ports to the handlers of every context. */
export const COMMAND_HANDLING_PORTS = Symbol('CommandHandlingPorts');
export const SEALER = Symbol('Sealer');
