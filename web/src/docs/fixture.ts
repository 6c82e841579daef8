/** A small document for the tests: a list that holds itself, a reference with words beside it, "or null" in both ways. */
import type { OpenAPI } from "./openapi";

const problem = (codes: string) => ({
  description: `Refused: ${codes}`,
  content: { "application/problem+json": { schema: { type: "object", required: ["code"], properties: { code: { type: "string", examples: ["full"] } } } } },
});

export const document: OpenAPI = {
  info: { version: "1", description: "All of it." },
  servers: [{ url: "https://lockers.example/" }],
  tags: [
    { name: "Holds", description: "Room." },
    { name: "Receipts", description: "Signed." },
  ],
  paths: {
    "/v1/holds/{reference}": {
      delete: { operationId: "releaseHold", summary: "Give it back", tags: ["Holds"], security: [{ key: [] }], responses: { "204": { description: "No Content" } } },
      put: {
        operationId: "placeHold",
        summary: "Keep room",
        description: "See `POST /v1/receipts`.",
        tags: ["Holds"],
        security: [{ key: [] }],
        parameters: [{ name: "reference", in: "path", required: true, schema: { type: "string", examples: ["order-1041"], maxLength: 64 } }],
        requestBody: { content: { "application/json": { schema: { $ref: "#/components/schemas/Order" } } } },
        responses: {
          "200": { description: "OK", content: { "application/json": { schema: { $ref: "#/components/schemas/Hold" } } } },
          "201": { description: "Created", content: { "application/json": { schema: { $ref: "#/components/schemas/Hold" } } } },
          "409": problem("`full`, `brand_new`"),
        },
      },
    },
    "/v1/receipts": {
      get: { operationId: "line", summary: "A line", tags: ["Receipts"], security: [], responses: { "101": { description: "Open." } } },
      post: { operationId: "carry", summary: "Carry", tags: ["Receipts"], security: [], responses: { "200": { description: "OK" }, "403": problem("`forbidden`") } },
    },
  },
  components: {
    schemas: {
      Order: {
        type: "object",
        required: ["site_id", "parcel"],
        properties: { parcel: { $ref: "#/components/schemas/Dimensions", description: "How large." }, site_id: { type: "string" }, note: { type: "string" } },
      },
      Dimensions: {
        type: "object",
        description: "Measures.",
        required: ["length_mm"],
        properties: { length_mm: { type: "integer", minimum: 1, maximum: 5000, examples: [300] } },
      },
      Hold: {
        type: "object",
        required: ["reference", "state", "lapses_at", "before", "later"],
        properties: {
          lapses_at: { type: ["string", "null"], format: "date-time" },
          reference: { type: "string" },
          state: { type: "string", enum: ["placed", "lapsed"] },
          before: { oneOf: [{ $ref: "#/components/schemas/Hold" }, { type: "null" }], description: "The one before." },
          later: { type: "array", items: { $ref: "#/components/schemas/Hold" } },
        },
      },
      Ring: { $ref: "#/components/schemas/Ring" },
    },
  },
};
