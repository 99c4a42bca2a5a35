// Loads the playground once its skeleton is painted: fetching and evaluating sixty modules would hold up the first paint.
function load() {
    const template = /** @type {HTMLTemplateElement} */ (document.getElementById('files'));
    const styles = [...template.content.querySelectorAll('link[rel=stylesheet]')].map(loaded);
    document.head.append(template.content);
    // What app.js renders needs the style sheets; its modules are fetched meanwhile.
    void Promise.all(styles).then(() => import('./app.js'));
}

/**
 * @param {Element} link
 * @returns {Promise<void>} once the style sheet is there, or cannot be had
 */
function loaded(link) {
    return new Promise((resolve) => {
        link.addEventListener('load', () => resolve());
        link.addEventListener('error', () => resolve());
    });
}

if (document.hidden) {
    load(); // A hidden page has no frames.
} else {
    requestAnimationFrame(() => setTimeout(load)); // The timer ends after the frame is painted.
}
