/*
 * Runs before the app on every engine, also on those that cannot parse it: plain ES5.
 * Floor: Chromium 87, Safari 15, Firefox 83. Below it a white screen would be all there is.
 */
(function () {
  var script = document.currentScript;
  var phone = (script && script.getAttribute('data-phone')) || '';
  var good =
    script &&
    'noModule' in script &&
    typeof Promise === 'function' &&
    typeof Promise.any === 'function' &&
    typeof String.prototype.replaceAll === 'function' &&
    typeof WeakRef === 'function' &&
    window.CSS &&
    CSS.supports &&
    CSS.supports('inset', '0');
  if (good) return;

  function line(tag, text) {
    var element = document.createElement(tag);
    element.appendChild(document.createTextNode(text));
    return element;
  }

  var page = document.createElement('div');
  page.id = 'below-floor';
  page.style.cssText = 'max-width:32em;margin:3em auto;padding:0 1.2em;font:18px/1.7 sans-serif';
  page.appendChild(line('h1', '请更新系统 WebView 或浏览器'));
  page.appendChild(line('p', '这台设备上的网页组件太旧，三步贷打不开。在应用商店更新“Android System WebView”或浏览器，再打开一次。'));
  page.appendChild(line('p', 'Please update the system WebView or the browser, then open Sanbu again.'));
  if (phone) {
    var call = line('p', '不会更新？打 ');
    var link = line('a', phone);
    link.href = 'tel:' + phone.replace(/[^0-9+]/g, '');
    call.appendChild(link);
    page.appendChild(call);
  } else {
    page.appendChild(line('p', '不会更新？打您网点的电话，或到网点办。'));
  }
  var app = document.getElementById('app');
  app.parentNode.replaceChild(page, app);
})();
