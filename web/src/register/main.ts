import { mount } from "svelte";
import "../kit/base.css";
import Register from "./Register.svelte";
import { speech } from "./speech";

await speech.begin();
mount(Register, { target: document.getElementById("app")! });
