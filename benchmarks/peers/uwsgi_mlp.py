"""The tiny MLP behind uWSGI: requests as Pilotlight takes them."""

import json
import os

import torch

torch.set_num_threads(1)
module = torch.jit.load(os.environ["MLP_MODEL"])


def application(environ, start_response):
    given = json.loads(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])))["inputs"][0]
    with torch.inference_mode():
        y = module(torch.tensor(given["data"], dtype=torch.float32).reshape(given["shape"]))
    output = {"name": "y", "datatype": "FP32", "shape": list(y.shape), "data": y.flatten().tolist()}
    reply = json.dumps({"model_name": "mlp", "model_version": "1", "outputs": [output]}).encode()
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(reply)))])
    return [reply]
