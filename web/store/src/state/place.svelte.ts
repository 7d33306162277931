// Where the page is.

import { type Route, readRoute } from '../lib/route';

class Place {
  /** The place. */
  route = $state.raw<Route>(readRoute(location.hash));
}

/** The place of the page. */
export const place = new Place();

addEventListener('hashchange', () => {
  place.route = readRoute(location.hash);
  scrollTo(0, 0);
});
