// What the page does in the browser. Loaded from the page's own head; `attach` is called once for each part of it.
window.onrecord = (() => {
  const $ = (selector, within = document) => within.querySelector(selector);
  const unfolded = new Set(); // sentences of a checked text whose quotes are open: patched markup would close them
  let opener = ""; // what was pressed to open the article: closing it gives the focus back

  document.documentElement.lang = (navigator.languages || [navigator.language])
    .map((language) => language.slice(0, 2).toLowerCase()).find((language) => ["en", "fr"].includes(language)) || "en";

  const announce = (text) => {
    const live = $("#live");
    if (live && text && live.textContent !== text) live.textContent = text;
  };

  const copy = async (text, button) => {
    try {
      await navigator.clipboard.writeText(text);
    } catch { // no clipboard without a secure connection
      const area = Object.assign(document.createElement("textarea"), { value: text });
      document.body.append(area);
      area.select();
      document.execCommand("copy");
      area.remove();
    }
    const label = button.textContent;
    button.textContent = button.dataset.done;
    announce(button.dataset.done);
    setTimeout(() => (button.textContent = label), 1500);
  };

  const save = (name, content) => {
    const url = URL.createObjectURL(new Blob([content], { type: "text/plain;charset=utf-8" }));
    Object.assign(document.createElement("a"), { href: url, download: name }).click();
    setTimeout(() => URL.revokeObjectURL(url), 10000);
  };

  const openRail = (open) => {
    document.body.classList.toggle("rail-open", open);
    $("#nav-conversations")?.setAttribute("aria-expanded", open);
  };

  const show = (view) => {
    document.body.dataset.view = view;
    openRail(false);
    for (const tab of document.querySelectorAll("#nav [data-view]"))
      tab.setAttribute("aria-current", tab.dataset.view === view ? "page" : "false");
  };

  // Which sentences of a checked text are shown: those of one verdict, or all.
  const only = (verdict) => {
    document.body.dataset.verdict = verdict;
    for (const choice of document.querySelectorAll("#verdicts [data-verdict]"))
      choice.setAttribute("aria-pressed", choice.dataset.verdict === verdict);
  };

  const reveal = (pressed, open) => {
    const sure = $(".sure", pressed.closest(".tools"));
    sure.hidden = !open;
    const asker = $("[data-do=confirm]", pressed.closest(".tools"));
    asker.hidden = open;
    asker.setAttribute("aria-expanded", open);
    (open ? $("button", sure) : asker).focus();
  };

  // What needs no answer from the server. A function that returns true lets the action go on to the server all the same.
  const here = {
    copy: (pressed) => void copy(pressed.dataset.text, pressed),
    link: (pressed) => void copy(`${location.origin}${location.pathname}?answer=${pressed.dataset.answer}`, pressed),
    archive: () => (show("archive"), true),
    talk: () => void show("ask"),
    check_view: () => void show("check"),
    verdict: (pressed) => void only(pressed.dataset.verdict),
    conversations: () => void openRail(!document.body.classList.contains("rail-open")),
    confirm: (pressed) => reveal(pressed, true),
    cancel: (pressed) => reveal(pressed, false),
    rename_form: (pressed) => {
      const form = $(".rename", pressed.closest(".head"));
      form.hidden = !form.hidden;
      $("#rename").setAttribute("aria-expanded", !form.hidden);
      if (form.hidden) $("#rename").focus();
      else $("input", form).select();
    },
    open: (pressed) => ((opener = pressed.id || pressed), true),
    conversation: () => (show("ask"), true),
    new: () => (show("ask"), true),
    ask_selected: () => (show("ask"), true),
    only: () => (show("ask"), true),
    ask: () => (show("ask"), true),
  };

  const after = {
    // The URL names the open conversation, so that a reload brings it back.
    head: (element) => {
      const id = $(".head", element)?.dataset.conversation;
      if (id !== undefined) history.replaceState(null, "", id ? `?conversation=${encodeURIComponent(id)}` : location.pathname);
    },
    answer: (element) => {
      const question = $(".question", element)?.textContent;
      if (question && question !== element.dataset.question && $(".working", element))
        element.scrollIntoView({ block: "start", behavior: "instant" });
      element.dataset.question = question || "";
    },
    reader: (element) => {
      const reading = $(".reading", element);
      document.body.classList.toggle("reading", Boolean(reading));
      if (reading) {
        const mark = $("mark", reading);
        $("#reading-title", reading).focus({ preventScroll: true });
        const box = $("#side").scrollHeight > $("#side").clientHeight ? $("#side") : null;
        if (mark) mark.scrollIntoView({ block: "center", behavior: "instant" });
        else if (box) box.scrollTop = 0;
      } else if (opener) {
        const back = typeof opener === "string" ? document.getElementById(opener) : opener;
        opener = "";
        back?.focus({ preventScroll: true });
      }
    },
    // Patched markup leaves a box as the reader last set it.
    articles: (element) => {
      for (const box of element.querySelectorAll("input[type=checkbox]")) box.checked = box.hasAttribute("checked");
    },
    checked: (element) => {
      for (const quotes of element.querySelectorAll("details")) quotes.open = unfolded.has(quotes.parentElement.id);
      if (!element.querySelector(".sentence")) unfolded.clear();
    },
    verdicts: () => only(document.body.dataset.verdict || ""),
    // A moment later: the parts that came with it are drawn by then.
    go: (element) => setTimeout(() => {
      const target = document.getElementById(element.textContent.trim());
      target?.scrollIntoView({ block: "start", behavior: "instant" });
      target?.focus({ preventScroll: true });
    }, 50),
    focus: (element) => setTimeout(() => $(element.textContent.trim() || "none")?.focus(), 50),
    file: (element) => {
      const file = $("[data-file]", element);
      if (file) save(file.dataset.file, file.dataset.content);
    },
  };

  const attach = (element, name, trigger, watch) => {
    const send = (data) => trigger(data.do === "ask" ? "submit" : "select", data);
    element.addEventListener("click", (event) => {
      const quotes = event.target.closest(".sentence summary")?.parentElement;
      if (quotes) unfolded[quotes.open ? "delete" : "add"](quotes.parentElement.id);
      const pressed = event.target.closest("button[data-do], input[data-do]");
      if (!pressed) return;
      const local = here[pressed.dataset.do];
      if (local && !local(pressed)) return;
      const { text, done, busy, ...data } = pressed.dataset;
      if (busy) { // it takes seconds; what comes back brings a new button
        pressed.disabled = true;
        pressed.textContent = busy;
        announce(busy);
      }
      send(pressed.type === "checkbox" ? { ...data, checked: pressed.checked } : data);
    });
    const sendForm = (form) => send({ ...form.dataset, ...Object.fromEntries(new FormData(form)) });
    element.addEventListener("submit", (event) => {
      event.preventDefault();
      sendForm(event.target);
    });
    let waiting;
    element.addEventListener("input", (event) => {
      const form = event.target.form;
      if (!form || !["filter", "find"].includes(form.dataset.do)) return;
      clearTimeout(waiting);
      waiting = setTimeout(() => sendForm(form), 200);
    });
    // What is drawn anew loses the focus: it is given back to the element of the same id.
    let held = "";
    element.addEventListener("focusin", (event) => (held = event.target.id));
    watch("value", () => {
      if (held && document.activeElement === document.body) document.getElementById(held)?.focus({ preventScroll: true });
      announce($("[data-announce]", element)?.dataset.announce);
      after[name]?.(element);
    });
  };

  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest?.("input, textarea, select");
    if (event.key === "Escape") {
      const pending = $("#head .rename:not([hidden]) [data-do], .sure:not([hidden]) [data-do=cancel]");
      if (pending) pending.click();
      else if (document.body.classList.contains("rail-open")) {
        openRail(false);
        $("#nav-conversations").focus();
      } else if (document.body.classList.contains("reading")) $("#close-article")?.click();
    }
    if (event.key === "/" && !typing) {
      event.preventDefault();
      show("ask");
      $("#question textarea").focus();
    }
  });

  document.addEventListener("click", (event) => {
    const marker = event.target.closest(".marker"); // its quote need not hang over the page once its article is open
    marker?.classList.add("pressed");
    marker?.addEventListener("mouseleave", () => marker.classList.remove("pressed"), { once: true });
    if (!event.target.closest("#shelf, #nav-conversations")) openRail(false);
  });

  return { attach, show };
})();
