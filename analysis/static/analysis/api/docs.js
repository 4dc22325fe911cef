"use strict";

// Requests go out with the reader's own session; what changes something also needs the page's CSRF token.
const operations = document.getElementById("operations");

SwaggerUIBundle({
  url: operations.dataset.schema,
  domNode: operations,
  deepLinking: true,
  docExpansion: "list",
  defaultModelsExpandDepth: 0,
  requestInterceptor(request) {
    if (request.method && request.method !== "GET") {
      request.headers["X-CSRFToken"] = operations.dataset.csrf;
    }
    return request;
  },
});
