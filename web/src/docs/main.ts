import { mount } from "svelte";
import "../kit/base.css";
import Docs from "./Docs.svelte";

mount(Docs, { target: document.getElementById("app")! });
