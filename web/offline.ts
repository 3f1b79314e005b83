/** Keeps the page for when there is no connection, once it has loaded: see service-worker/. */

addEventListener('load', () => {
  // Without HTTPS there is none, and some private windows refuse: the page works all the same.
  const workers: ServiceWorkerContainer | undefined = navigator.serviceWorker;
  workers?.register('./service-worker.js', { updateViaCache: 'none' }).catch(() => undefined);
});
