// The link's token is in the fragment, which no browser sends to a server or a log.
const token = new URLSearchParams(location.hash.slice(1)).get("token") ?? "";
const form = document.getElementById("form");
const problem = document.getElementById("problem");
const button = form.querySelector("button");

const fail = (text) => {
  problem.textContent = text;
  button.disabled = false;
};

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const missing = [...form.elements].find((field) => !field.checkValidity());
  if (missing) {
    missing.focus();
    return fail(`${missing.labels[0].textContent}: ${missing.validationMessage}`);
  }
  button.disabled = true;
  problem.textContent = "";
  try {
    const response = await fetch("/api/setup", {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-Nexus-Request": "1" },
      body: JSON.stringify({ token, ...Object.fromEntries(new FormData(form)) }),
    });
    if (!response.ok) return fail((await response.json()).detail);
  } catch {
    return fail("The server cannot be reached. Is it still running?");
  }
  history.replaceState(null, "", "/setup/");
  form.remove();
  const lead = document.getElementById("lead");
  lead.textContent = "Done: your account is ready. Sign in by the API, or go on with the command line on this machine.";
  lead.setAttribute("role", "status");
});
