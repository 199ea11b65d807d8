export const START = "/chat/";
export const LOGIN = "/login/";

/** Where to go after signing in: a page of ours and no other, whatever the address asks for. */
export function landing(next: string | null): string {
  if (!next) return START;
  try {
    const to = new URL(next, location.origin);
    const ours = to.origin === location.origin && next.startsWith("/") && !to.pathname.startsWith("/api/");
    return ours && to.pathname !== LOGIN ? `${to.pathname}${to.search}${to.hash}` : START;
  } catch {
    return START;
  }
}

/** The sign-in page that leads back to where one is. */
export function loginFrom(place: { pathname: string; search: string }): string {
  const here = `${place.pathname}${place.search}`;
  return here === "/" || here === START ? LOGIN : `${LOGIN}?next=${encodeURIComponent(here)}`;
}
