"""The tiny MLP behind LitServe: one worker, requests as Pilotlight takes them. usage: litserve_mlp.py PORT"""

import os
import sys

import litserve
import torch


class Mlp(litserve.LitAPI):
    def setup(self, device):
        torch.set_num_threads(1)
        self.module = torch.jit.load(os.environ["MLP_MODEL"])

    def decode_request(self, request: dict):
        given = request["inputs"][0]
        return torch.tensor(given["data"], dtype=torch.float32).reshape(given["shape"])

    def predict(self, x):
        with torch.inference_mode():
            return self.module(x)

    def encode_response(self, y) -> dict:
        output = {"name": "y", "datatype": "FP32", "shape": list(y.shape), "data": y.flatten().tolist()}
        return {"model_name": "mlp", "model_version": "1", "outputs": [output]}


if __name__ == "__main__":
    server = litserve.LitServer(Mlp(), accelerator="cpu", workers_per_device=1)
    server.run(host="127.0.0.1", port=int(sys.argv[1]), generate_client_file=False, log_level="warning")
