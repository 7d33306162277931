// Where the page is: what follows the # in its address. So it works on any server, and nothing of it is sent to one.

/** A place in the page. */
export type Route =
  | { page: 'apps' | 'datasets' | 'pools' | 'deals' | 'sell' | 'work' | 'network' | 'missing' }
  | { page: 'app' | 'run' | 'dataset' | 'pool' | 'deal'; id: number }
  | { page: 'task'; id: number; index: number };

const LISTS = ['apps', 'datasets', 'pools', 'deals', 'sell', 'work', 'network'] as const;
const ITEMS = ['app', 'run', 'dataset', 'pool', 'deal'] as const;

/** The place that an address names. */
export function readRoute(hash: string): Route {
  const [name = '', id, index, ...more] = hash.replace(/^#?\/?/, '').split('/');
  if (name === '' && id === undefined) {
    return { page: 'apps' };
  }
  const list = LISTS.find((each) => each === name);
  if (list && id === undefined) {
    return { page: list };
  }
  const item = ITEMS.find((each) => each === name);
  const [number, place] = [whole(id), whole(index)];
  if (item && number !== undefined && index === undefined) {
    return { page: item, id: number };
  }
  if (name === 'deal' && number !== undefined && place !== undefined && more.length === 0) {
    return { page: 'task', id: number, index: place };
  }
  return { page: 'missing' };
}

/** The address of a place. */
export function link(route: Route): string {
  switch (route.page) {
    case 'apps':
    case 'missing':
      return '#/';
    case 'task':
      return `#/deal/${route.id}/${route.index}`;
    default:
      return 'id' in route ? `#/${route.page}/${route.id}` : `#/${route.page}`;
  }
}

const whole = (text: string | undefined): number | undefined =>
  text !== undefined && /^\d{1,10}$/.test(text) && Number(text) < 2 ** 32 ? Number(text) : undefined;
