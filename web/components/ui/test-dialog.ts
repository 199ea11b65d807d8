/** jsdom lacks the dialog's methods: enough of them for tests. Focus and keys are the components' own. */
const prototype = HTMLDialogElement.prototype;

prototype.showModal ??= function (this: HTMLDialogElement) {
  this.open = true;
};

prototype.close ??= function (this: HTMLDialogElement) {
  this.open = false;
};

export {};
