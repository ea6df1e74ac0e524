/** Longest message that is taken from a socket, unless its user says otherwise. */
export const LARGEST_MESSAGE: number = 2 ** 30;

/** How long the handshake of a connection may take. */
export const HANDSHAKE_MS = 10_000;
