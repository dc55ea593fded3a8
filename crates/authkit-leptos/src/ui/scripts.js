(() => {
  const html = document.documentElement;
  const end = (why) => {
    if (html.dataset.scripts === "off") return;
    html.dataset.scripts = "off";
    for (const type of ["submit", "click", "keydown"]) {
      addEventListener(type, (event) => event.stopImmediatePropagation(), true);
    }
    for (const refresh of document.head.querySelectorAll("noscript")) refresh.outerHTML = refresh.textContent;
    const notice = document.getElementById("scripts-ended");
    if (!notice) return;
    for (const words of notice.querySelectorAll("[data-why]")) words.hidden = words.dataset.why !== why;
    notice.hidden = false;
  };
  const miss = () => {
    if (html.dataset.scripts) return;
    if (!self.WebAssembly) return end("unsupported");
    again(() => end("missing"));
  };
  const again = (otherwise) => {
    if (performance.getEntriesByType("navigation")[0]?.type === "reload") return otherwise();
    fetch(location.href, { method: "HEAD", redirect: "manual", cache: "no-store" }).then(
      ({ ok }) => (ok ? location.reload() : otherwise()),
      otherwise,
    );
  };
  const look = (error) => {
    if (self.WebAssembly && error instanceof WebAssembly.RuntimeError) end("broken");
    else if (!html.dataset.scripts) setTimeout(miss, 2000);
  };
  addEventListener("error", (event) => look(event.error));
  addEventListener("error", ({ target }) => target.rel === "stylesheet" && again(() => {}), true);
  addEventListener("unhandledrejection", (event) => look(event.reason));
})();
