/* The quiz page, where there are scripts: answers are sent when tapped, again until the server has them, and the clock
   runs by the server's time. Written for browsers of ten years ago. */
(function () {
  "use strict";
  var page = document.getElementById("attempt");
  if (!page || !window.XMLHttpRequest || !document.querySelectorAll || !Array.prototype.forEach) { return; }
  document.documentElement.className += " js";

  var forms = document.querySelectorAll("form.question");
  var clock = document.getElementById("clock");
  var waiting = []; // forms whose newest answer the server does not have yet
  var sending = false, retry = null;
  var end = Date.now() + 1000 * page.getAttribute("data-left");

  function two(number) { return (number < 10 ? "0" : "") + number; }

  function tick() {
    var left = Math.max(0, Math.ceil((end - Date.now()) / 1000));
    clock.firstChild.nodeValue = two(Math.floor(left / 60)) + ":" + two(left % 60);
    if (left <= 60) { clock.className = "clock soon"; }
    if (left === 0) {
      window.clearInterval(ticking);
      waiting = [];
      window.location.reload();
    }
  }

  function each(list, act) { Array.prototype.forEach.call(list, act); }

  function tell(form, word, lost) {
    var state = form.querySelector(".state");
    state.className = lost ? "state lost" : "state";
    state.textContent = (word === "saved" ? "✓ " : "") + page.getAttribute("data-" + word);
  }

  function marks(form) {
    each(form.querySelectorAll(".option"), function (option) {
      option.className = option.querySelector("input").checked ? "option on" : "option";
    });
  }

  function body(form) {
    var parts = [];
    each(form.querySelectorAll("input"), function (input) {
      if (input.checked) { parts.push("choice=" + encodeURIComponent(input.value)); }
    });
    return parts.join("&");
  }

  function count() {
    var saved = 0;
    each(forms, function (form) { if (form.saved) { saved += 1; } });
    document.getElementById("answered").textContent = saved;
  }

  function later() {
    sending = false;
    window.clearTimeout(retry);
    retry = window.setTimeout(send, 3000);
  }

  function send() {
    if (sending || !waiting.length) { return; }
    sending = true;
    var form = waiting[0], sent = body(form), request = new XMLHttpRequest();
    request.open("POST", form.action, true);
    request.timeout = 8000;
    request.setRequestHeader("Content-Type", "application/x-www-form-urlencoded");
    request.setRequestHeader("Accept", "application/json");
    request.onerror = request.ontimeout = function () { tell(form, "lost", true); later(); };
    request.onload = function () {
      if (request.status === 200) {
        var receipt = JSON.parse(request.responseText);
        end = Date.now() + 1000 * receipt.left;
        form.saved = sent !== "";
        if (body(form) === sent) { waiting.shift(); tell(form, "saved"); }
        count();
        sending = false;
        send();
      } else if (request.status === 409 || request.status === 401) {
        waiting = [];
        window.location.reload(); // over, or signed out: the page says so
      } else if (request.status >= 500 || request.status === 429) {
        tell(form, "lost", true);
        later();
      } else {
        waiting.shift();
        tell(form, "refused", true);
        sending = false;
        send();
      }
    };
    request.send(sent);
  }

  function changed(form) {
    tell(form, "saving");
    if (waiting.indexOf(form) < 0) { waiting.push(form); }
    send();
  }

  // On a slow link somebody answers before this script arrives: what is ticked differs from what the server sent.
  function tickedBefore(form) {
    return Array.prototype.some.call(form.querySelectorAll("input"), function (input) {
      return input.checked !== input.defaultChecked;
    });
  }

  each(forms, function (form) {
    marks(form);
    form.saved = /\S/.test(form.querySelector(".state").textContent);
    form.addEventListener("change", function () { marks(form); changed(form); });
    form.addEventListener("submit", function (event) { event.preventDefault(); });
    if (tickedBefore(form)) { changed(form); }
  });

  document.getElementById("finish").addEventListener("submit", function (event) {
    if (waiting.length) {
      event.preventDefault();
      window.alert(page.getAttribute("data-wait"));
      send();
    }
  });
  window.addEventListener("online", send);
  window.addEventListener("beforeunload", function (event) {
    if (waiting.length) { event.preventDefault(); event.returnValue = ""; }
  });
  window.addEventListener("pageshow", function (event) { if (event.persisted) { window.location.reload(); } });

  var ticking = window.setInterval(tick, 500);
  tick();
}());
