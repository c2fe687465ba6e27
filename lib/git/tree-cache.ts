/** Tree cache: directories by id, which are never stale; bounded by bytes, least recently used first out. */

export interface TreeCache {
  get(repository: string, id: string): Buffer | undefined;
  set(repository: string, id: string, data: Buffer): void;
}

/** Per repository: what one repository holds must not answer for another, even under the same id. */
export function treeCache(maxBytes: number): TreeCache {
  const kept = new Map<string, Buffer>();
  let bytes = 0;
  const remove = (key: string) => {
    bytes -= kept.get(key)?.length ?? 0;
    kept.delete(key);
  };
  return {
    get: (repository, id) => {
      const key = `${id} ${repository}`;
      const data = kept.get(key);
      if (data) {
        kept.delete(key);
        kept.set(key, data);
      }
      return data;
    },
    set: (repository, id, data) => {
      const key = `${id} ${repository}`;
      if (kept.has(key) || data.length > maxBytes / 4) return;
      kept.set(key, data);
      bytes += data.length;
      for (const oldest of kept.keys()) {
        if (bytes <= maxBytes) break;
        remove(oldest);
      }
    },
  };
}
