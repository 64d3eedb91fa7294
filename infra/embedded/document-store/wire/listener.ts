import { createServer, type Server, type Socket } from 'node:net';
import { Cursors } from '../commands/cursors.ts';
import type { Store } from '../storage/store.ts';
import { serve } from './connection.ts';

/** Clients beyond this are turned away. */
const MAX_CONNECTIONS = 1000;

/** Accepts clients on a loopback address. */
export class Listener {
  private readonly store: Store;
  private readonly server: Server;
  private readonly cursors = new Cursors();
  private readonly sockets = new Set<Socket>();
  private lastConnection = 0;

  constructor(store: Store) {
    this.store = store;
    this.server = createServer((socket) => this.accept(socket));
    this.server.maxConnections = MAX_CONNECTIONS;
  }

  /** Starts listening; answers the port. */
  listen(host: string, port: number): Promise<number> {
    return new Promise((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen(port, host, () => {
        const address = this.server.address();
        if (address === null || typeof address === 'string') reject(new Error('no port'));
        else resolve(address.port);
      });
    });
  }

  private accept(socket: Socket): void {
    this.lastConnection += 1;
    this.sockets.add(socket);
    socket.on('close', () => this.sockets.delete(socket));
    serve(socket, {
      store: this.store,
      cursors: this.cursors,
      connectionId: this.lastConnection,
      isClosed: () => socket.destroyed,
    });
  }

  /** Stops accepting and closes every connection; what was acknowledged stays. */
  stop(): Promise<void> {
    this.cursors.stop();
    return new Promise((resolve) => {
      this.server.close(() => resolve());
      for (const socket of this.sockets) socket.destroy();
    });
  }
}
