// Says so when a part of the page itself is not there: nothing else could.
addEventListener('error', ({ target }) => {
  if (!(target instanceof HTMLScriptElement)) return;
  const show = () => {
    const error = /** @type {HTMLElement} */ (document.getElementById('error'));
    error.textContent = `A part of this page could not be loaded (${target.src}, or a module that it needs): is the connection down, or a file not copied to the server? Load the page again.`;
    error.hidden = document.documentElement.hidden = false;
    /** @type {HTMLElement} */ (document.getElementById('loading')).hidden = true;
    /** @type {HTMLElement} */ (document.getElementById('title')).textContent = 'The page is not whole';
  };
  if (document.readyState === 'loading') addEventListener('DOMContentLoaded', show);
  else show();
}, true);
